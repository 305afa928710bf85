package outbox

// Pragmas are how an outbox is opened.
const Pragmas = pragmas

// OpenWith opens an outbox in another way, to show what the right way is good for.
func OpenWith(path, room, pragmas string) (*Box, error) { return open(path, room, pragmas) }
