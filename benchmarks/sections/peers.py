from benchmarks.tables import Section
def measure(lab): return Section()
