"""What of each article was simplified on its way into TOPdesk, as a page for its unit."""
