package dev.twinlog.testkit.quickstart;

import java.util.List;

/** Where the quick start shows what happens. Thread-safe. */
interface Screen extends AutoCloseable {

  /** Adds lines that stay. */
  void print(List<String> lines);

  /** Shows how things are now, instead of how they were. */
  void show(Snapshot now);

  /** Takes what was last shown away. */
  void clear();

  /** Leaves the output as it was found. */
  @Override
  void close();
}
