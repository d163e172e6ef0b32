"""The commands: words in, exit statuses out."""
