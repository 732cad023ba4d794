#include "config.h"

#include "core/io/dicom/dcmtk-send.h"

#include <dcmtk/config/osconfig.h>

#include <cmath>
#include <string>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/diutil.h>
#include <dcmtk/dcmnet/dstorscu.h>
#include <glib/gi18n-lib.h>

#include "core/base/error.h"

namespace
{

class Sender : public DcmStorageSCU
{
public:
  MsmDicomProgress progress = NULL;
  gpointer data = NULL;
  gsize n_done = 0, n_sent = 0, n_all = 0, n_refused = 0;
  bool is_stopped = false, is_full = false, is_dead = false;
  std::string refusal;

protected:
  void
  notifySOPInstanceSent (const TransferEntry &entry) override
  {
    const Uint16 status = entry.ResponseStatusCode;

    n_done++;
    /* Stored, perhaps with something changed (0xBxxx: a warning). */
    if (entry.RequestSent && (status == STATUS_Success || (status & 0xf000) == 0xb000))
      n_sent++;
    else
      {
        char code[16];

        g_snprintf (code, sizeof code, "0x%04x", status);
        /* Without a presentation context it was not sent; with one but without an answer the line is dead. */
        is_dead = !entry.RequestSent && entry.PresentationContextID != 0;
        is_full = is_full || (entry.RequestSent && (status & 0xff00) == 0xa700);
        if (n_refused++ == 0)
          refusal = std::string (entry.Filename.getCharPointer ()) + ": "
                    + (entry.RequestSent ? std::string (code) + " " + DU_cstoreStatusString (status)
                       : is_dead         ? std::string (_("no answer in time"))
                                         : std::string (_("its kind is not accepted")));
      }
    if (progress != NULL && !progress (n_done, n_all, data))
      is_stopped = true;
  }
  /* An archive that is out of resources will not find any by the next file. */
  OFBool
  shouldStopAfterCurrentSOPInstance () override
  {
    return is_stopped || is_full || is_dead;
  }
};

gboolean
fail (const MsmDicomPeer *peer, const Sender &sender, const char *what, GError **error)
{
  if (sender.is_stopped)
    g_set_error (error, MSM_ERROR, MSM_ERROR_CANCELLED, _("stopped: %zu of %zu files are sent"), sender.n_sent,
                 sender.n_all);
  else if (sender.n_refused > 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                 _("%s:%u (%s) stored %zu of %zu files; the first that it did not is %s"), peer->host, peer->port,
                 peer->called, sender.n_sent, sender.n_all, sender.refusal.c_str ());
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s:%u (%s): %s, after %zu of %zu files"), peer->host, peer->port,
                 peer->called, what, sender.n_sent, sender.n_all);
  return FALSE;
}

} // namespace

extern "C" gboolean
msm_dicom_send (const MsmDicomPeer *peer, const char *const *paths, MsmDicomProgress progress, gpointer data,
                gsize *n_sent, GError **error)
{
  const guint seconds = (guint) MAX (1, std::ceil (peer->timeout_s));
  OFCondition status = EC_Normal;
  Sender sender;

  OFLog::configure (OFLogger::OFF_LOG_LEVEL);
  *n_sent = 0;
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      status = sender.addDicomFile (paths[i], ERM_autoDetect);
      if (status.bad ())
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: cannot be sent as DICOM (%s)"), paths[i],
                       status.text ());
          return FALSE;
        }
    }
  sender.n_all = sender.getNumberOfSOPInstances ();
  sender.progress = progress;
  sender.data = data;
  sender.setAETitle (peer->calling);
  sender.setPeerAETitle (peer->called);
  sender.setPeerHostName (peer->host);
  sender.setPeerPort ((Uint16) peer->port);
  sender.setConnectionTimeout ((Sint32) seconds);
  sender.setACSETimeout (seconds);
  sender.setDIMSETimeout (seconds);
  sender.setDIMSEBlockingMode (DIMSE_NONBLOCKING);
  sender.setHaltOnUnsuccessfulStoreMode (OFFalse);
  /* More kinds of objects than one association takes need several. */
  while (status.good () && sender.getNumberOfSOPInstancesToBeSent () > 0 && !sender.is_stopped && !sender.is_full
         && !sender.is_dead)
    {
      const gsize n_before = sender.n_done;

      status = sender.addPresentationContexts ();
      if (status.good ())
        status = sender.initNetwork ();
      if (status.good ())
        status = sender.negotiateAssociation ();
      if (status.good ())
        {
          status = sender.sendSOPInstances ();
          if (status.good () && !sender.is_dead)
            sender.releaseAssociation ();
          else
            sender.abortAssociation ();
        }
      if (sender.n_done == n_before)
        break;
    }
  *n_sent = sender.n_sent;
  if (sender.n_sent == sender.n_all)
    return TRUE;
  return fail (peer, sender, status.bad () ? status.text () : _("nothing more was accepted"), error);
}
