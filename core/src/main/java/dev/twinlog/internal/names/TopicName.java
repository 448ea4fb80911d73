package dev.twinlog.internal.names;

import java.util.regex.Pattern;

/** The names that a topic may have. Stateless. */
public final class TopicName {
  /** The characters that are valid, for messages. */
  public static final String CHARACTERS = "A-Z a-z 0-9 . _ -";

  private static final Pattern PATTERN = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9._-]+");

  private TopicName() {}

  /** Whether a topic may have this name: 1 to 249 characters, and not {@code .} or {@code ..}. */
  public static boolean isValid(String name) {
    return PATTERN.matcher(name).matches();
  }

  /** Whether the name of a topic may have this part, of any length but 0. */
  public static boolean isPart(String text) {
    return PART.matcher(text).matches();
  }
}
