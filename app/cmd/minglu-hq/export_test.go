package main

// Main runs the program, for a test binary that plays it.
func Main() { main() }
