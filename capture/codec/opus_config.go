package codec

import "fmt"

// SoundRate is the sample rate of all raw sound.
const SoundRate = 48000

// OpusSamples is how many samples of each channel make a packet: 20 ms.
const OpusSamples = SoundRate / 50

// OpusConfig is what sound is compressed to.
type OpusConfig struct {
	Channels int // 1 or 2
	Bitrate  int // bits per second, 6,000 to 510,000; 64,000 is the recorder's
}

func (c OpusConfig) check() error {
	if c.Channels < 1 || c.Channels > 2 {
		return fmt.Errorf("%d channels", c.Channels)
	}
	if c.Bitrate < 6_000 || c.Bitrate > 510_000 {
		return fmt.Errorf("%d bits a second", c.Bitrate)
	}
	return nil
}
