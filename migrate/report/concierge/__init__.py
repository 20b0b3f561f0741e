"""The number concierge: a static page that answers old numbers, and the same for web servers."""
