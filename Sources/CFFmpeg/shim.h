// FFmpeg 5.1 as Swift sees it: the headers, and the macros that Swift cannot import.
#pragma once

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/pixelutils.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

static const int VH_AVERROR_EAGAIN = AVERROR(EAGAIN);
static const int VH_AVERROR_EOF = AVERROR_EOF;
static const int VH_AVERROR_EXIT = AVERROR_EXIT;
static const int VH_AVERROR_INVALIDDATA = AVERROR_INVALIDDATA;
static const int VH_AVERROR_ENOMEM = AVERROR(ENOMEM);
static const int VH_AVERROR_EIO = AVERROR(EIO);
static const int VH_AVERROR_DECODER_NOT_FOUND = AVERROR_DECODER_NOT_FOUND;
static const int VH_AVERROR_ENCODER_NOT_FOUND = AVERROR_ENCODER_NOT_FOUND;
static const int VH_AVERROR_PATCHWELCOME = AVERROR_PATCHWELCOME;
static const int64_t VH_NOPTS = AV_NOPTS_VALUE;
static const uint64_t VH_MONO_MASK = AV_CH_LAYOUT_MONO;
static const uint64_t VH_STEREO_MASK = AV_CH_LAYOUT_STEREO;
static const uint64_t VH_SURROUND_MASK = AV_CH_LAYOUT_5POINT1_BACK;
