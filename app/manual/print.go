package manual

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"minglu/app/i18n"
	"minglu/capture/paper"
)

// Largest size of a picture on the paper, in millimetres.
const (
	pictureWidth  = 124.0
	pictureHeight = 76.0
)

// PDF prints a manual. desk is the folder app/desk of the sources, in whose testdata the screens' pictures lie as
// the tests compare them. The same manual and pictures give the same bytes.
func (m Manual) PDF(lang i18n.Lang, desk fs.FS, made time.Time) ([]byte, error) {
	s, err := paper.New()
	if err != nil {
		return nil, err
	}
	s.Centre(paper.SizeTitle, m.Title)
	s.Y += 3
	if err := print(s, m.Lead, lang, desk); err != nil {
		return nil, err
	}
	for _, section := range m.Sections {
		s.Heading(section.Title)
		if err := print(s, section.Blocks, lang, desk); err != nil {
			return nil, fmt.Errorf("print %q: %w", section.Title, err)
		}
	}
	s.Edges(func(number, pages int) {
		s.Middle(paper.Bottom+20, paper.SizeSmall, strconv.Itoa(number)+" / "+strconv.Itoa(pages))
	})
	return s.PDF(m.Title, made)
}

func print(s *paper.Sheet, blocks []Block, lang i18n.Lang, desk fs.FS) error {
	for _, b := range blocks {
		switch b.Kind {
		case Step:
			number, text, _ := strings.Cut(b.Text, " ")
			s.Paragraph(paper.SizeTable, number+"  ", text)
		case Item:
			s.Paragraph(paper.SizeTable, "·  ", b.Text)
		case Picture:
			png, err := fs.ReadFile(desk, file(b.From, lang))
			if err != nil {
				return fmt.Errorf("the picture of the screen: %w", err)
			}
			if err := s.Picture(png, pictureWidth, pictureHeight, b.Text); err != nil {
				return fmt.Errorf("%s: %w", b.From, err)
			}
		default:
			s.Paragraph(paper.SizeTable, "", b.Text)
		}
		s.Y++
	}
	return nil
}

// file is where a picture lies below app/desk.
func file(from string, lang i18n.Lang) string {
	screen, name, _ := strings.Cut(from, "/")
	return path.Join(screen, "testdata", strings.ReplaceAll(name, "{lang}", string(lang))+".png")
}
