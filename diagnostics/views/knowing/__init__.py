"""What the pages of the knowledge show: words, links, Markdown and the search, all made from the data the engine uses."""
