"""Who makes the trainings of a study: processes of this machine, or of many."""
