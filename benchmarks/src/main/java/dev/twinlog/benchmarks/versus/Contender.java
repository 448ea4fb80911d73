package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.util.Map;
import java.util.Optional;

/** A way to copy a topic, in a JVM of its own. */
interface Contender {
  /** Its name in {@code --contenders} and in the tables. */
  String name();

  /** One line that says what it is. */
  String describe();

  /** Why it can't run here, in a sentence; empty if it can. */
  default Optional<String> unavailable() {
    return Optional.empty();
  }

  /** The settings that it runs with, as its users would write them. */
  Map<String, String> settings(Job job);

  /** Its JVM, ready to be started. */
  ChildJvm.Builder launch(Job job);
}
