package dev.twinlog;

/** Who moves a link. Stateless. */
final class MoveActor {
  private static final int LONGEST = 200;

  private MoveActor() {}

  /** {@code user@host/pid} of this process. */
  static String thisProcess() {
    String host = System.getenv().getOrDefault("HOSTNAME", "localhost");
    return "%s@%s/%d"
        .formatted(System.getProperty("user.name", "unknown"), host, ProcessHandle.current().pid());
  }

  /**
   * Returns it if it can be stored.
   *
   * @throws IllegalArgumentException if it is blank or longer than 200 characters
   */
  static String checked(String who) {
    if (who.isBlank() || who.length() > LONGEST) {
      throw new IllegalArgumentException(
          "actor was '%s' but must have 1 to %d characters".formatted(who, LONGEST));
    }
    return who;
  }
}
