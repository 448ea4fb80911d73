package dev.twinlog.spi;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that can't be used. Lists all its problems, not only the first. */
public final class ConfigurationException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // List.copyOf gives a serializable list of strings
  private final List<String> problems;

  /**
   * Makes the exception.
   *
   * @param what the configured object, for instance {@code "link us-to-eu"}
   * @param problems the problems, a sentence each
   */
  public ConfigurationException(String what, List<String> problems) {
    super(
        problems.stream()
            .collect(Collectors.joining("\n  - ", what + " can't be built:\n  - ", "")));
    this.problems = List.copyOf(problems);
  }

  /** The problems, a sentence each. */
  public List<String> problems() {
    return problems;
  }
}
