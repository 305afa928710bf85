// Package manual holds the manuals of the interviewer, the duty leader and the technician: shown in the window at
// the part about the page one is on, and printed with pictures of the real screens.
package manual

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"minglu/app/i18n"
	"minglu/assets"
)

// Role is whom a manual is for.
type Role string

// The roles.
const (
	Interviewer Role = "interviewer"
	Leader      Role = "leader"
	Technician  Role = "technician"
)

// Roles lists them in the order in which their manuals are searched.
func Roles() []Role { return []Role{Interviewer, Leader, Technician} }

// Manual is one role's, in one language.
type Manual struct {
	Title    string
	Lead     []Block // before the first section
	Sections []Section
}

// Section is a part of a manual. Page names the page of the window it is about; "" when it is about none.
type Section struct {
	Title, Page string
	Blocks      []Block
}

// Kind is what a block is.
type Kind string

// The kinds.
const (
	Words   Kind = "words"
	Step    Kind = "step" // Text begins with its number
	Item    Kind = "item"
	Picture Kind = "picture"
)

// Block is a paragraph, one line of a list, or a picture. From is the picture's name below app/desk: the screen's
// package and the golden picture's, with {lang} for the language.
type Block struct {
	Kind       Kind
	Text, From string
}

// Load reads a role's manual.
func Load(lang i18n.Lang, role Role) (Manual, error) {
	text, err := assets.Manuals.ReadFile("manual/" + string(lang) + "/" + string(role) + ".md")
	if err != nil {
		return Manual{}, fmt.Errorf("read the manual: %w", err)
	}
	m, err := Parse(string(text))
	if err != nil {
		return Manual{}, fmt.Errorf("read the manual for the %s, %s: %w", role, lang, err)
	}
	return m, nil
}

// About finds the section about a page of the window.
func About(lang i18n.Lang, page string) (Section, error) {
	for _, role := range Roles() {
		m, err := Load(lang, role)
		if err != nil {
			return Section{}, err
		}
		for _, s := range m.Sections {
			if s.Page == page {
				return s, nil
			}
		}
	}
	return Section{}, fmt.Errorf("no manual tells of the page %q", page)
}

var (
	sectionForm = regexp.MustCompile(`^## ([^{}]+?)(?: \{([a-z]+)\})?$`)
	stepForm    = regexp.MustCompile(`^[0-9]{1,2}\. \S`)
	pictureForm = regexp.MustCompile(`^!\[([^\]]+)\]\(([a-z]+/[a-z0-9_{}-]+)\)$`)
)

// Parse reads a manual: Markdown of a title, sections with the page they are about in braces, paragraphs of one line
// each, numbered steps, items and pictures. Anything else is an error, since it would be printed as it stands.
func Parse(text string) (Manual, error) {
	var m Manual
	blocks := &m.Lead
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \r")
		if line == "" {
			continue
		}
		title, isTitle := strings.CutPrefix(line, "# ")
		head := sectionForm.FindStringSubmatch(line)
		switch {
		case isTitle && m.Title == "" && title != "":
			m.Title = title
		case head != nil && m.Title != "" && (head[2] == "" || !seen[head[2]]):
			seen[head[2]] = true
			m.Sections = append(m.Sections, Section{Title: head[1], Page: head[2]})
			blocks = &m.Sections[len(m.Sections)-1].Blocks
		default:
			b, err := parseBlock(line)
			if err == nil && m.Title == "" {
				err = errors.New("the title comes first")
			}
			if err != nil {
				return Manual{}, fmt.Errorf("line %d: %w", i+1, err)
			}
			*blocks = append(*blocks, b)
		}
	}
	if m.Title == "" {
		return Manual{}, errors.New("it has no title")
	}
	return m, nil
}

func parseBlock(line string) (Block, error) {
	if picture := pictureForm.FindStringSubmatch(line); picture != nil {
		return Block{Picture, picture[1], picture[2]}, nil
	}
	item, isItem := strings.CutPrefix(line, "- ")
	switch {
	case isItem && item != "":
		return Block{Kind: Item, Text: item}, nil
	case stepForm.MatchString(line):
		return Block{Kind: Step, Text: line}, nil
	case strings.ContainsRune("#![-*`>|", rune(line[0])):
		return Block{}, fmt.Errorf("%q is not understood", line)
	}
	return Block{Kind: Words, Text: line}, nil
}
