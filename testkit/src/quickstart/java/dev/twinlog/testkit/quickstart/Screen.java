package dev.twinlog.testkit.quickstart;

import java.util.List;

/** The output of the quick start. Thread-safe. */
interface Screen extends AutoCloseable {

  /** Adds permanent lines. */
  void print(List<String> lines);

  /** Shows a snapshot in place of the previous one. */
  void show(Snapshot now);

  /** Removes the last snapshot. */
  void clear();

  /** Leaves the output as it was found. */
  @Override
  void close();
}
