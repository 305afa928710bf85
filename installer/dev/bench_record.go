package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rawClip makes the camera's raw pictures once: footage scaled up, or a test pattern, with a sensor's noise.
func (b *bench) rawClip(ctx context.Context, width, height int) (string, error) {
	clip := filepath.Join(b.memory, fmt.Sprintf("raw%d.y4m", height))
	if _, err := os.Stat(clip); err == nil {
		return clip, nil
	}
	input := []string{"-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25"}
	if len(b.clips) > 0 {
		list := b.path("clips.txt")
		var text strings.Builder
		for _, c := range b.clips {
			fmt.Fprintf(&text, "file '%s'\n", c)
		}
		if err := os.WriteFile(list, []byte(text.String()), 0o640); err != nil {
			return "", err
		}
		input = []string{"-stream_loop", "-1", "-f", "concat", "-safe", "0", "-i", list}
	}
	args := slices.Concat([]string{"-nostdin", "-v", "error", "-y"}, input, []string{"-an", "-t", strconv.Itoa(b.seconds),
		"-vf", fmt.Sprintf("fps=25,scale=%d:%d,noise=alls=6:allf=t:all_seed=1", width, height), "-pix_fmt", "yuv420p", clip})
	_, err := b.used(b.command(ctx, "ffmpeg", args...))
	return clip, err
}

// speech makes the microphone's sound once: 48 kHz, one channel.
func (b *bench) speech(ctx context.Context) (string, error) {
	const words = "请介绍一下你的基本情况。贵公司三月的进项发票共有多少份？一共四十二份，都已经勾选认证。"
	said, wav := b.path("said.wav"), b.path("speech.wav")
	if _, err := os.Stat(wav); err == nil {
		return wav, nil
	}
	if _, err := b.used(b.command(ctx, "espeak-ng", "-v", "cmn", "-w", said, words)); err != nil {
		return "", err
	}
	_, err := b.used(b.command(ctx, "ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", said,
		"-t", strconv.Itoa(b.seconds), "-ar", "48000", "-ac", "1", wav))
	return wav, err
}

// record compares a recording at camera pace — clock burnt in, compressed, fragmented, hashed, journaled, signed,
// synced and sealed — with ffmpeg writing the same pictures and sound, and with our encoder alone.
func (b *bench) record(ctx context.Context, name string, width, height int, bitrate string, goal float64) error {
	clip, err := b.rawClip(ctx, width, height)
	if err != nil {
		return err
	}
	wav, err := b.speech(ctx)
	if err != nil {
		return err
	}
	room, stop, err := b.room(ctx)
	if err != nil {
		return err
	}
	ours, peer, alone, peaks, err := b.recordPairs(ctx, room, clip, wav, bitrate)
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	films, err := filepath.Glob(filepath.Join(room.room, "vault", "*", "data", "media", "cam0.mp4"))
	if err != nil || len(films) == 0 {
		return fmt.Errorf("find the films: %v, %w", films, err)
	}
	return errors.Join(
		b.likenesses(ctx, name, films[0], b.path("peer.mp4"), clip),
		b.compare(name+"_FFMPEG", "s/s", ours, peer, goal),
		b.compare(name+"_ENCODER", "s/s", ours, alone, 1.4),
		b.bound(name+"_PEAK", "MiB", slices.Max(peaks), 80))
}

func (b *bench) recordPairs(ctx context.Context, room practice, clip, wav, bitrate string) (ours, peer, alone, peaks []float64, err error) {
	encoder, err := b.encoderAlone(ctx)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	per := func(c cost) float64 { return c.seconds / float64(b.seconds) }
	for range b.pairs {
		mine, err := b.recordOurs(ctx, room, clip, wav)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		theirs, err := b.used(b.command(ctx, "ffmpeg", b.peerLine(clip, wav, bitrate)...))
		if err != nil {
			return nil, nil, nil, nil, err
		}
		cmd := b.command(ctx, encoder, "-test.run", "^$", "-test.bench", "^BenchmarkClip$", "-test.benchtime", "1x")
		cmd.Env = append(cmd.Env, "MINGLU_PACE=1", "MINGLU_CLIP="+clip, "MINGLU_BITRATE="+strings.Replace(bitrate, "M", "000000", 1))
		floor, err := b.used(cmd)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		ours, peer, alone = append(ours, per(mine)), append(peer, per(theirs)), append(alone, per(floor))
		peaks = append(peaks, mine.peak)
		b.say("  ours %.3f s/s, %.0f MiB; ffmpeg %.3f s/s, %.0f MiB; encoder alone %.3f s/s", per(mine), mine.peak,
			per(theirs), theirs.peak, per(floor))
	}
	return ours, peer, alone, peaks, nil
}

// peerLine is ffmpeg at its usual real-time setting, the clock burnt in, at the camera's pace as ours: the same
// work costs half as much again when the processor's caches are cold before each picture.
func (b *bench) peerLine(clip, wav, bitrate string) []string {
	const clock = `drawtext=fontfile=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:text='%{localtime\:%Y-%m-%d %T}'` +
		`:x=20:y=20:fontsize=32:fontcolor=white:box=1:boxcolor=black@0.5`
	return []string{"-nostdin", "-v", "error", "-y", "-re", "-i", clip, "-re", "-i", wav, "-vf", clock, "-c:v", "libx264", "-threads", "2",
		"-preset", "veryfast", "-tune", "zerolatency", "-b:v", bitrate, "-maxrate", bitrate, "-bufsize", "4M", "-g", "50",
		"-c:a", "libopus", "-b:a", "64k", "-strict", "-2", "-movflags", "+frag_keyframe+empty_moov+default_base_moof",
		b.path("peer.mp4")}
}

// encoderAlone builds the benchmark of capture/codec once.
func (b *bench) encoderAlone(ctx context.Context) (string, error) {
	program := b.path("codec.test")
	out, err := b.command(ctx, "go", "test", "-c", "-o", program, "./capture/codec").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the encoder's benchmark: %w\n%s", err, out)
	}
	return program, nil
}

// recordOurs records the clip at its own pace and returns what the recorder and its starter used together.
func (b *bench) recordOurs(ctx context.Context, room practice, clip, wav string) (cost, error) {
	length := time.Duration(b.seconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, length+time.Minute)
	defer cancel()
	t, err := room.startTake(ctx, "file:"+clip, "file:"+wav, length)
	if err != nil {
		return cost{}, err
	}
	parts := make(chan cost, 2)
	for _, p := range []running{t.recorder, running(t.starter.cmd.Process.Pid)} {
		go func() { parts <- p.watch(ctx) }()
	}
	err = t.end()
	x, y := <-parts, <-parts
	if err == nil && t.folder == "" {
		err = errors.New("the recording was not sealed")
	}
	if err == nil && len(t.gaps) > 0 { // work that was not done must not count as work saved
		err = fmt.Errorf("%d pictures were recorded, gaps %v: this machine is too busy to measure on", t.frames, t.gaps)
	}
	return cost{x.seconds + y.seconds, max(x.peak, y.peak)}, err
}

// mjpeg compares the camera's JPEG decoder with the standard library's.
func (b *bench) mjpeg(ctx context.Context) error {
	out, err := b.command(ctx, "go", "test", "-run", "^$", "-bench", "JPEG720p$", "-count", strconv.Itoa(b.pairs),
		"./capture/codec").CombinedOutput()
	if err != nil {
		return fmt.Errorf("run the decoders: %w\n%s", err, out)
	}
	var ours, peer []float64
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[3] != "ns/op" {
			continue
		}
		nanos, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return err
		}
		if strings.HasPrefix(fields[0], "BenchmarkMJPEG") {
			ours = append(ours, nanos/1e6)
		} else {
			peer = append(peer, nanos/1e6)
		}
	}
	if len(ours) == 0 || len(ours) != len(peer) {
		return fmt.Errorf("the benchmarks gave %d and %d lines", len(ours), len(peer))
	}
	return b.compare("MJPEG720", "ms", ours, peer, 0.35)
}
