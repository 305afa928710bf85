package main

import (
	"context"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// toCross is what the programs for Windows and their installer are made with.
func toCross() []string {
	return []string{"gcc-mingw-w64-x86-64-posix", "g++-mingw-w64-x86-64-posix", "nsis", "osslsigncode"}
}

// buildWithMingw builds for Windows what has C parts. The compiler's libraries go into the programs: nothing but
// Windows' own libraries is asked for. The window's program is not one of the console.
func (s shop) buildWithMingw(ctx context.Context, m platform, version, folder string) error {
	if err := s.install(ctx, toCross()); err != nil {
		return err
	}
	for _, name := range withC() {
		link := linking(version) + " -extldflags '-static -Wl,--no-insert-timestamp'"
		if name == "minglu-desk" {
			link += " -H=windowsgui"
		}
		cmd := s.command(ctx, "go", "build", "-ldflags", link, "-o", folder+"/", "./app/cmd/"+name)
		cmd.Env = append(cmd.Env, "CGO_ENABLED=1", "GOOS="+m.system, "GOARCH="+m.processor,
			"CC=x86_64-w64-mingw32-gcc-posix", "CXX=x86_64-w64-mingw32-g++-posix")
		if s.cache != "" {
			cmd.Env = append(cmd.Env, "GOCACHE="+s.cache)
		}
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s for %v: %w\n%s", name, m, err, text)
		}
		if err := checkImports(filepath.Join(folder, name+".exe")); err != nil {
			return err
		}
	}
	return mingwLicences(filepath.Join(filepath.Dir(folder), "licences"))
}

// windowsOwn are the libraries that every Windows has.
func windowsOwn() []string {
	return []string{"advapi32.dll", "gdi32.dll", "kernel32.dll", "msvcrt.dll", "ole32.dll", "oleaut32.dll", "opengl32.dll", "shell32.dll",
		"strmiids.dll", "user32.dll", "uuid.dll", "winmm.dll", "ws2_32.dll", "quartz.dll"}
}

// checkImports reads which libraries a program for Windows asks for.
func checkImports(path string) error {
	f, err := pe.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	symbols, err := f.ImportedSymbols() // "symbol:library"
	if err != nil {
		return err
	}
	if len(symbols) == 0 {
		return fmt.Errorf("%s imports nothing: is it a program?", path)
	}
	foreign := map[string]bool{}
	for _, symbol := range symbols {
		_, library, _ := strings.Cut(symbol, ":")
		if !slices.Contains(windowsOwn(), strings.ToLower(library)) {
			foreign[library] = true
		}
	}
	var wrong []error
	for library := range foreign {
		wrong = append(wrong, fmt.Errorf("%s needs %s", filepath.Base(path), library))
	}
	return errors.Join(wrong...)
}

// mingwLicences leaves the licences of what the compiler puts into the programs.
func mingwLicences(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var all []byte
	for _, from := range []string{"gcc-mingw-w64-base", "mingw-w64-common"} {
		text, err := os.ReadFile(filepath.Join("/usr/share/doc", from, "copyright"))
		if err != nil {
			return fmt.Errorf("the licence of %s: %w", from, err)
		}
		all = append(all, text...)
	}
	return os.WriteFile(filepath.Join(folder, "mingw"), all, 0o644)
}
