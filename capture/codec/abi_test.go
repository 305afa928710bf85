package codec_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// members pairs our names with the library's, for every structure h264.h declares.
var members = map[string][]string{
	"h264_slices SSliceArgument":     {"mode uiSliceMode", "num uiSliceNum", "macroblocks uiSliceMbNum", "size_limit uiSliceSizeConstraint"},
	"h264_picture SSourcePicture":    {"format iColorFormat", "stride iStride", "plane pData", "width iPicWidth", "height iPicHeight", "time_ms uiTimeStamp"},
	"h264_bits SFrameBSInfo":         {"layer_count iLayerNum", "layer sLayerInfo", "frame_type eFrameType", "size iFrameSizeInBytes", "time_ms uiTimeStamp"},
	"h264_layer_bits SLayerBSInfo":   {"frame_type eFrameType", "layer_type uiLayerType", "sub_seq iSubSeqId", "nal_count iNalCount", "nal_len pNalLengthInByte", "data pBsBuf"},
	"h264_layer SSpatialLayerConfig": {"width iVideoWidth", "fps fFrameRate", "bitrate iSpatialBitrate", "max_bitrate iMaxSpatialBitrate", "profile uiProfileIdc", "slices sSliceArgument", "signal_present bVideoSignalTypePresent", "video_format uiVideoFormat", "full_range bFullRange", "matrix uiColorMatrix", "aspect eAspectRatio", "aspect_height sAspectRatioExtHeight"},
	"h264_param SEncParamExt": {"usage iUsageType", "width iPicWidth", "bitrate iTargetBitrate", "rate_control iRCMode", "fps fMaxFrameRate",
		"temporal_layers iTemporalLayerNum", "spatial_layers iSpatialLayerNum", "layer sSpatialLayers", "complexity iComplexityMode", "intra_period uiIntraPeriod",
		"references iNumRefFrame", "id_strategy eSpsPpsIdStrategy", "prefix_nal bPrefixNalAddingCtrl", "padding iPaddingFlag", "cabac iEntropyCodingModeFlag",
		"frame_skip bEnableFrameSkip", "max_bitrate iMaxBitrate", "max_nal uiMaxNalSize", "long_term bEnableLongTermReference", "long_term_period iLtrMarkPeriod",
		"threads iMultipleThreadIdc", "load_balancing bUseLoadBalancing", "filter_off iLoopFilterDisableIdc", "denoise bEnableDenoise", "scene_change bEnableSceneChangeDetect",
		"lossless_link bIsLosslessLink"},
	"h264_stream SVideoProperty":   {"size size", "stream eVideoBsType"},
	"h264_decoding SDecodingParam": {"target_layer uiTargetDqLayer", "concealment eEcActiveIdc", "parse_only bParseOnly", "property sVideoProperty"},
	"h264_memory SSysMEMBuffer":    {"width iWidth", "height iHeight", "stride iStride"},
	"h264_shown SBufferInfo":       {"status iBufferStatus", "in_time uiInBsTimeStamp", "out_time uiOutYuvTimeStamp", "memory UsrData", "plane pDst"},
}

func TestOurDeclarationsHaveTheLayoutOfTheLibrary(t *testing.T) {
	gcc := tool(t, "gcc")
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/pion/mediadevices/pkg/codec/openh264").Output()
	if err != nil {
		t.Skipf("the library's header is not at hand: %v", err)
	}
	var c strings.Builder
	c.WriteString("#include <stddef.h>\n#include <openh264/codec_api.h>\n#include \"h264.h\"\n#include \"h264_decoder.h\"\n")
	for pair, list := range members {
		ours, theirs, _ := strings.Cut(pair, " ")
		fmt.Fprintf(&c, "_Static_assert(sizeof(%s) == sizeof(%s), \"size of %s\");\n", ours, theirs, theirs)
		for _, m := range list {
			our, their, _ := strings.Cut(m, " ")
			fmt.Fprintf(&c, "_Static_assert(offsetof(%s, %s) == offsetof(%s, %s), \"%s\");\n", ours, our, theirs, their, m)
		}
	}
	for our, their := range map[string]string{"H264_IDR": "videoFrameTypeIDR", "25": "ENCODER_OPTION_TRACE_LEVEL", "23": "videoFormatI420", "100": "PRO_HIGH", "1": "RC_BITRATE_MODE",
		"9": "DECODER_OPTION_TRACE_LEVEL", "18": "DECODER_OPTION_NUM_OF_FRAMES_REMAINING_IN_BUFFER", "0": "VIDEO_BITSTREAM_AVC"} {
		fmt.Fprintf(&c, "_Static_assert((int)%s == (int)%s, \"%s\");\n", our, their, their)
	}
	path := filepath.Join(t.TempDir(), "abi.c")
	if err := os.WriteFile(path, []byte(c.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	include := filepath.Join(strings.TrimSpace(string(dir)), "include")
	if out, err := exec.Command(gcc, "-fsyntax-only", "-I", include, "-I", ".", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
