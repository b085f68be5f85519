package rewrite

// Write writes the files of r, all or none, and keeps their modes. It fails,
// and leaves every file as it was, if one cannot be written or is not any more
// what Run read.
func (r *Result) Write() error { panic("TODO") }
