package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// workshop is the oldest Debian whose compiler builds us and whose packages are still served. What is built in
// it runs on it and on everything newer; installer/old takes away the rest that binds it to its C library.
func workshop() debian {
	both := []string{"libc6-dev", "libturbojpeg0-dev", "libgl1-mesa-dev", "libx11-dev", "libxcursor-dev", "libxrandr-dev",
		"libxinerama-dev", "libxi-dev", "libxxf86vm-dev", "libxkbcommon-dev", "libegl1-mesa-dev", "libgles2-mesa-dev"}
	d := debian{name: "build", suite: "bullseye", architectures: []string{"amd64", "arm64"},
		packages: []string{"ca-certificates", "gcc", "g++", "pkg-config", "gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu"}}
	for _, name := range both {
		d.packages = append(d.packages, name, name+":arm64")
	}
	return d
}

// platform is a kind of machine that programs are built for.
type platform struct {
	system, processor string
	programs          []string
	// withC builds what has C parts; nil on machines that get the verifier alone
	withC func(s shop, ctx context.Context, m platform, version, folder string) error
}

func (m platform) String() string { return m.system + "-" + m.processor }

// machines lists what a release has. Programs without C parts cross to anything; the window and the recorder
// need libraries of the other machine.
func machines() []platform {
	all := []string{"minglu", "minglu-hq", "minglu-verify"}
	return []platform{
		{"linux", "amd64", all, shop.buildInWorkshop},
		{"linux", "arm64", all, shop.buildInWorkshop},
		{"linux", "loong64", []string{"minglu-verify"}, nil},
		{"windows", "amd64", []string{"minglu", "minglu-verify"}, shop.buildWithMingw},
	}
}

// withC are the programs with C parts.
func withC() []string { return []string{"minglu-agent", "minglu-desk"} }

// linking strips paths and build identities, which would differ from folder to folder.
func linking(version string) string {
	return "-s -w -buildid= -X minglu/app/release.version=" + version
}

// buildRelease builds the programs of all machines below out, as SYSTEM-PROCESSOR/PROGRAM.
func (s shop) buildRelease(ctx context.Context, list []platform, version, out string) error {
	for _, m := range list {
		folder := filepath.Join(out, m.String())
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		began := time.Now()
		if err := s.buildPlain(ctx, m, version, folder); err != nil {
			return err
		}
		if m.withC != nil {
			if err := m.withC(s, ctx, m, version, folder); err != nil {
				return err
			}
		}
		s.say("Built %v in %.0f s", m, time.Since(began).Seconds())
	}
	return nil
}

// buildPlain builds what has no C parts, on this machine.
func (s shop) buildPlain(ctx context.Context, m platform, version, folder string) error {
	for _, name := range m.programs {
		cmd := s.command(ctx, "go", "build", "-ldflags", linking(version), "-o", folder+"/", "./app/cmd/"+name)
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0", "GOOS="+m.system, "GOARCH="+m.processor)
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s for %v: %w\n%s", name, m, err, text)
		}
	}
	return nil
}

// buildInWorkshop builds what has C parts, in the old root: the compiler's libraries go into the program, the
// desktop's stay outside.
func (s shop) buildInWorkshop(ctx context.Context, m platform, version, folder string) error {
	root, err := s.raise(ctx, workshop())
	if err != nil {
		return err
	}
	cache := s.cache
	if cache == "" {
		if cache, err = cacheFolder("workshop-cache"); err != nil {
			return err
		}
	}
	if err := s.fetchModules(ctx, m); err != nil {
		return err
	}
	where, err := s.goFolders(ctx)
	if err != nil {
		return err
	}
	mounts := []mount{{s.root, "/src", false}, {where["GOROOT"], "/usr/local/go", false},
		{where["GOMODCACHE"], "/modules", false}, {cache, "/cache", true}, {folder, "/out", true}}
	compiler, pkgconfig, mode := "", "/usr/lib/x86_64-linux-gnu/pkgconfig", "pie"
	if m.processor == "arm64" {
		// the Opus that mediadevices brings for this machine cannot lie at any address
		compiler, pkgconfig, mode = "aarch64-linux-gnu-", "/usr/lib/aarch64-linux-gnu/pkgconfig", "exe"
	}
	env := []string{"GOROOT=/usr/local/go", "GOMODCACHE=/modules", "GOCACHE=/cache", "GOPROXY=off", "GOTOOLCHAIN=local",
		"GOFLAGS=-trimpath -buildvcs=false -tags=" + tags, "CGO_ENABLED=1", "GOOS=" + m.system, "GOARCH=" + m.processor,
		"CC=" + compiler + "gcc", "CXX=" + compiler + "g++", "PKG_CONFIG_LIBDIR=" + pkgconfig + ":/usr/share/pkgconfig",
		"LINK=" + linking(version), "MODE=" + mode}
	text, err := cell{shop: s, root: root, mounts: mounts, env: env}.run(ctx, workshopScript, withC()...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s for %v in the old root: %w\n%s", strings.Join(withC(), ", "), m, err, text)
	}
	for _, name := range withC() {
		if err := checkLinking(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return copyLicences(root, filepath.Join(filepath.Dir(folder), "licences"))
}

// copyLicences leaves the licences of what the old root puts into the programs.
func copyLicences(root, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, from := range map[string]string{"libjpeg-turbo": "libturbojpeg0-dev", "gcc": "gcc-10-base"} {
		text, err := os.ReadFile(filepath.Join(root, "usr", "share", "doc", from, "copyright"))
		if err != nil {
			return fmt.Errorf("the licence of %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

const workshopScript = `
cd /src
$CC -O2 -c -o /tmp/glibc.o installer/old/glibc.c
wrap=; for f in exp exp2 log log2 pow; do wrap="$wrap,--wrap=$f"; done
flags="-static-libstdc++ -static-libgcc -Wl,-z,relro,-z,now,--build-id=none$wrap /tmp/glibc.o"
for p; do
	/usr/local/go/bin/go build -buildmode=$MODE -ldflags "$LINK -extldflags '$flags'" -o /out/ ./app/cmd/$p
done
`

// fetchModules brings the sources of what the programs with C parts import on m; the root has no network.
func (s shop) fetchModules(ctx context.Context, m platform) error {
	args := []string{"list", "-deps"}
	for _, name := range withC() {
		args = append(args, "./app/cmd/"+name)
	}
	cmd := s.command(ctx, "go", args...)
	cmd.Env = append(cmd.Env, "CGO_ENABLED=1", "GOOS="+m.system, "GOARCH="+m.processor)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fetch the modules for %v: %w\n%s", m, err, text)
	}
	return nil
}

// goFolders are where Go and the modules' sources lie.
func (s shop) goFolders(ctx context.Context) (map[string]string, error) {
	names := []string{"GOROOT", "GOMODCACHE"}
	text, err := s.command(ctx, "go", append([]string{"env"}, names...)...).Output()
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err != nil || len(lines) != len(names) || slices.Contains(lines, "") {
		return nil, errors.Join(fmt.Errorf("ask go where its folders are: %q", text), err)
	}
	return map[string]string{names[0]: lines[0], names[1]: lines[1]}, nil
}
