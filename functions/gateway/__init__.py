"""What belongs to no feature: health of all, the documents, and every path nobody owns."""
