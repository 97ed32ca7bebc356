"""Customer groups (客户群): in step with WeCom, their figures, their stage, their welcome."""
