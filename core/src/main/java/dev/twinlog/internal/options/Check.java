package dev.twinlog.internal.options;

import java.util.function.Consumer;

/** Checks an option against the source, the sink and the other options of its link. */
@FunctionalInterface
interface Check {
  void check(LinkSettings settings, Consumer<String> problems);
}
