"""The five set-ups that valgap exists for: their scripts, and answers to their authors."""
