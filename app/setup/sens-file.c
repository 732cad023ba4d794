#include "config.h"

#include "app/setup/sens-file.h"

#include "core/io/image-write.h"

MsmTensor *
msm_sens_load (const char *path, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".h5") || g_str_has_suffix (lower, ".hdf5") ? msm_hdf5_read (path, "sens", error)
                                                                              : msm_cfl_read (path, error);
}
