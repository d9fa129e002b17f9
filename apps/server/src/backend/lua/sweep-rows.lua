-- Takes out what is past its deadline; answers the number of the last change.
sweep()
return { 'ok', head() }
