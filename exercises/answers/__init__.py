"""Model solutions, and answers to what there is to think on. A hand-out for a class leaves them out."""
