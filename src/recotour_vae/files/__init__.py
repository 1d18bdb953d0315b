"""Files: written whole or not at all, arrays with a header, and the number of their format."""
