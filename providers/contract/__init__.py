"""The words that adapters, client and site share: values only, no Django, no I/O."""
