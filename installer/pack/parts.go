package main

// part is a package.
type part struct {
	name, summary, section string
	description            string
	deb, rpm               []string
	debOnARM               []string
	recommends             []string
	programs               []string // below /usr/lib/minglu
	links                  []string // programs that have a name in /usr/bin
	files                  []entry
	manuals                []string          // man pages
	manual                 bool              // has the printed manuals
	scripts                map[string]string // of a format: "deb.postinst" → file
}

// entry is a file of ours in a package.
type entry struct {
	from, to string
	mode     uint32
	config   bool
}

// parts lists what a release has. The rpm packages name libraries by their soname, which every distribution
// that uses rpm provides under its own package names.
func parts() []part { return []part{client(), headquarters(), verifier()} }

func client() part {
	return part{
		name: "minglu", section: "video", summary: "records interviews as evidence that anyone can verify",
		description: `Minglu records an interview of a tax bureau with camera and microphone, ties
the written transcript to it, and seals both into a package that a stranger
can check years later. The package travels to headquarters over bad networks
and power cuts, and headquarters answers with a signed receipt.

This package has the window, the command line and the recorder of a room.`,
		deb: []string{"minglu-verify (= ${version})", "libc6 (>= 2.28)", "libgl1", "libx11-6", "libxcursor1", "libxrandr2",
			"libxinerama1", "libxi6", "libxxf86vm1", "libasound2 | libasound2t64 | libpulse0"},
		debOnARM: []string{"libegl1", "libgles2"},
		rpm: []string{"minglu-verify = ${version}", "libGL.so.1()(64bit)", "libX11.so.6()(64bit)", "libXcursor.so.1()(64bit)",
			"libXrandr.so.2()(64bit)", "libXinerama.so.1()(64bit)", "libXi.so.6()(64bit)", "libXxf86vm.so.1()(64bit)",
			"libasound.so.2()(64bit)"},
		recommends: []string{"libgl1-mesa-dri", "fonts-noto-cjk", "fcitx5 | ibus | fcitx", "systemd-timesyncd | chrony | ntp"},
		programs:   []string{"minglu", "minglu-agent", "minglu-desk"},
		links:      []string{"minglu"},
		files: []entry{
			{"minglu.desktop", "/usr/share/applications/minglu.desktop", 0o644, false},
			{"evidence-check", "/usr/lib/minglu/evidence-check", 0o755, false},
			{"60-minglu.rules", "/usr/lib/udev/rules.d/60-minglu.rules", 0o644, false},
		},
		manuals: []string{"minglu.1"},
		manual:  true,
		scripts: map[string]string{"deb.pre": "minglu.preinst", "deb.preun": "minglu.prerm", "deb.postun": "minglu.postrm", "rpm.pre": "minglu.rpm-pre"},
	}
}

func headquarters() part {
	return part{
		name: "minglu-hq", section: "net", summary: "headquarters of Minglu: receives evidence, signs receipts",
		description: `Minglu's headquarters admits rooms, takes in their recordings, verifies them,
keeps them under their digests and answers each with a signed receipt from an
append-only ledger. It runs as its own user and needs no other service.`,
		deb:      []string{"passwd"},
		rpm:      []string{"/usr/sbin/useradd"},
		programs: []string{"minglu-hq"},
		links:    []string{"minglu-hq"},
		files: []entry{
			{"minglu-hq.service", "/usr/lib/systemd/system/minglu-hq.service", 0o644, false},
			{"hq.conf", "/etc/minglu/hq.conf", 0o644, true},
		},
		manuals: []string{"minglu-hq.1"},
		scripts: map[string]string{"deb.post": "minglu-hq.postinst", "deb.preun": "minglu-hq.prerm",
			"deb.postun": "minglu-hq.postrm", "rpm.post": "minglu-hq.rpm-post", "rpm.preun": "minglu-hq.rpm-preun"},
	}
}

func verifier() part {
	return part{
		name: "minglu-verify", section: "utils", summary: "verifies evidence of Minglu, offline",
		description: `Tells whether a recording is as it was sealed, who sealed it and when, which
minutes a changed byte touches, and what was not checked. One static program
that needs neither a network nor the rest of Minglu.`,
		programs: []string{"minglu-verify"},
		links:    []string{"minglu-verify"},
		files: []entry{
			{"verify-and-wait", "/usr/lib/minglu/verify-and-wait", 0o755, false},
			{"minglu-verify.desktop", "/usr/share/applications/minglu-verify.desktop", 0o644, false},
			{"minglu-mime.xml", "/usr/share/mime/packages/minglu.xml", 0o644, false},
			{"icon:svg", "/usr/share/icons/hicolor/scalable/apps/minglu.svg", 0o644, false},
			{"icon:256", "/usr/share/icons/hicolor/256x256/apps/minglu.png", 0o644, false},
			{"icon:48", "/usr/share/icons/hicolor/48x48/apps/minglu.png", 0o644, false},
		},
		manuals: []string{"minglu-verify.1"},
	}
}
