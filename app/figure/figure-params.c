#include "config.h"

#include "app/figure/figure-spec.h"
#include "app/setup/flags.h"
#include "app/setup/scan-flags.h"

static const char *const themes[] = { "light", "dark", NULL };
static const char *const pixels[] = { "nearest", "smooth", NULL };
static const char *const colormaps[] = { "grey", "viridis", "inferno", "phase", "difference", NULL };
static const char *const places[] = { "first", "all", "none", NULL };
static const char *const reference_places[] = { "first", "last", "none", NULL };
static const char *const corners[] = { "auto", "top-left", "top-right", "bottom-left", "bottom-right", NULL };
static const char *const shapes[] = { "rectangle", "ellipse", NULL };
static const char *const plot_kinds[] = { "metric", "residual", "sigma", "profile", NULL };

const MsmParam msm_figure_params[] = {
  { "width", MSM_PARAM_FLOAT, .min = 1, .max = 200, .def = 17, .unit = "cm", .help = N_("Width of the figure") },
  { "dpi", MSM_PARAM_FLOAT, .min = 30, .max = 2400, .def = 300,
    .help = N_("Pixels per inch of a PNG, at least: as many as whole pixels need") },
  { "theme", MSM_PARAM_CHOICE, .choices = themes, .help = N_("Ground and ink") },
  { "font", MSM_PARAM_TEXT, .def_text = "Sans", .help = N_("Family of the font") },
  { "font-size", MSM_PARAM_FLOAT, .min = 3, .max = 40, .def = 8, .unit = "pt", .help = N_("Size of titles") },
  { "pixels", MSM_PARAM_CHOICE, .choices = pixels,
    .help = N_("Each pixel as a whole number of them, or interpolated to any size") },
  { "show", MSM_PARAM_TEXT, .def_text = "image,error",
    .help = N_("A row for each: image, error, phase, or an output of the method such as sd") },
  { "error-factor", MSM_PARAM_FLOAT, .min = 0.01, .max = 1000, .def = 5, .help = N_("Errors are shown times this") },
  { "methods-down", MSM_PARAM_BOOL, .help = N_("A row for each method instead of a column") },
  { "reference", MSM_PARAM_CHOICE, .choices = reference_places,
    .help = N_("Where the reference stands, if the scan has one") },
  { "metrics", MSM_PARAM_TEXT, .def_text = "psnr,ssim", .help = N_("Under each image; empty for none") },
  { "colormap", MSM_PARAM_CHOICE, .choices = colormaps, .help = N_("Colours of images") },
  { "error-colormap", MSM_PARAM_CHOICE, .choices = colormaps, .def = 2, .help = N_("Colours of errors") },
  { "low", MSM_PARAM_FLOAT, .min = -1e30, .max = 1e30,
    .help = N_("Value of images shown black; low = high is automatic") },
  { "high", MSM_PARAM_FLOAT, .min = -1e30, .max = 1e30, .help = N_("Value of images shown white") },
  { "scale-bar", MSM_PARAM_CHOICE, .choices = places, .help = N_("Which images have a scale bar") },
  { "orientation", MSM_PARAM_CHOICE, .choices = places,
    .help = N_("Which images have letters of the patient's sides, where they are known") },
  { "letters", MSM_PARAM_BOOL, .help = N_("a, b, c, … in the images' corners") },
  { "title", MSM_PARAM_TEXT, .help = N_("Title, for the file's own data and reports") },
  { "anonymise", MSM_PARAM_BOOL, .def = 1, .help = N_("No names of files in what is written") },
  { NULL },
};

const MsmParam msm_figure_scan_params[] = {
  { "input", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("The scan, where it is not given as argument (experiment files)") },
  { "slice", MSM_PARAM_INT, .min = -1, .max = 1e6, .def = -1, .help = N_("Slice, from 0; -1 is the middle") },
  MSM_SCAN_FLAGS,
  MSM_OPERATOR_FLAG,
  { "pattern", MSM_PARAM_TEXT, .help = N_("Undersample a fully sampled scan with this pattern") },
  { "mask", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = N_("Undersample with this mask (.png, .h5, .cfl)") },
  { "sens", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Sensitivity maps (.cfl, or .h5 with sens) instead of ESPIRiT") },
  { "coils", MSM_PARAM_INT, .min = 0, .max = 1024, .help = N_("Compress to this many coils; 0 keeps all") },
  MSM_DEVICE_FLAGS,
  { NULL },
};

const MsmParam msm_figure_item_params[] = {
  { "method", MSM_PARAM_TEXT, .help = N_("Reconstruction of the scan") },
  { "experiment", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Experiment file, or a result that carries one, to run instead") },
  { "title", MSM_PARAM_TEXT, .help = N_("Over its pictures; empty for the method's name") },
  { NULL },
};

const MsmParam msm_figure_inset_params[] = {
  { "row", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Middle of what is enlarged") },
  { "column", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Middle of what is enlarged") },
  { "size", MSM_PARAM_INT, .min = 2, .max = 1e5, .def = 40, .unit = "px", .help = N_("Side of the square") },
  { "zoom", MSM_PARAM_INT, .min = 0, .max = 100, .help = N_("Times; 0 for two fifths of the picture") },
  { "corner", MSM_PARAM_CHOICE, .choices = corners, .help = N_("Where it is drawn") },
  { NULL },
};

const MsmParam msm_figure_arrow_params[] = {
  { "row", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of the tip") },
  { "column", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of the tip") },
  { "angle", MSM_PARAM_FLOAT, .min = -360, .max = 360, .def = 45, .unit = "°",
    .help = N_("Where it comes from: 0 the right, 90 above") },
  { "label", MSM_PARAM_TEXT, .help = N_("Beside the shaft") },
  { "item", MSM_PARAM_INT, .min = 0, .max = 1000, .help = N_("On this item alone, from 1; 0 is all pictures") },
  { "length", MSM_PARAM_FLOAT, .min = 1, .max = 1e5, .def = 24, .unit = "px", .help = N_("Of the whole arrow") },
  { NULL },
};

const MsmParam msm_figure_region_params[] = {
  { "row", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of the middle") },
  { "column", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of the middle") },
  { "height", MSM_PARAM_FLOAT, .min = 1, .max = 1e6, .def = 16, .unit = "px", .help = N_("Of the region") },
  { "width", MSM_PARAM_FLOAT, .min = 1, .max = 1e6, .def = 16, .unit = "px", .help = N_("Of the region") },
  { "label", MSM_PARAM_TEXT, .help = N_("Under the region") },
  { "shape", MSM_PARAM_CHOICE, .choices = shapes, .def = 1, .help = N_("Of the region") },
  { NULL },
};

const MsmParam msm_figure_plot_params[] = {
  { "kind", MSM_PARAM_CHOICE, .choices = plot_kinds, .help = N_("What is plotted, over the steps or along a line") },
  { "metric", MSM_PARAM_TEXT, .def_text = "psnr", .help = N_("Of kind metric") },
  { "row", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of a profile: where it begins") },
  { "column", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of a profile: where it begins") },
  { "to-row", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of a profile: where it ends") },
  { "to-column", MSM_PARAM_FLOAT, .min = -1e6, .max = 1e6, .help = N_("Of a profile: where it ends") },
  { "log", MSM_PARAM_BOOL, .help = N_("Logarithmic values") },
  { "title", MSM_PARAM_TEXT, .help = N_("Over the plot; empty for what it shows") },
  { NULL },
};
