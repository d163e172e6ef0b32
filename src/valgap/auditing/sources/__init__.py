"""Where rows come from, one file a kind of source; `find.dataset_at` picks the one that fits."""
