#pragma once

#include "core/nn/graph.h"
#include "core/nn/unet-config.h"

/* The values of a built network that its owner fills and reads. */
typedef struct
{
  int x;         /* [n, h, w, in_channels] */
  int embedding; /* [n, 1, 1, num_channels]: the sinusoids of the time */
  int y;         /* [n, h, w, out_channels] */
} MsmUnetPorts;

/*
 * Walks the network of @config in the order of computation. With @graph NULL it declares the parameters
 * in @weights; with a graph it adds the nodes, which find the parameters by name.
 */
void msm_unet_build (const MsmUnetConfig *config, MsmWeights *weights, MsmGraph *graph, gsize h, gsize w,
                     MsmUnetPorts *ports);
