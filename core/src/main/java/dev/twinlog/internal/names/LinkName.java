package dev.twinlog.internal.names;

import java.util.regex.Pattern;

/** The names that a link may have; ids and topics are named after it. Stateless. */
public final class LinkName {
  /** A regular expression of valid names. */
  public static final String REGEX = "[A-Za-z0-9_-]{1,64}";

  /** Which names are valid, for messages. */
  public static final String ALLOWED = "1 to 64 characters of A-Z a-z 0-9 _ -";

  private static final Pattern PATTERN = Pattern.compile(REGEX);

  private LinkName() {}

  /** Whether a link may have this name. */
  public static boolean isValid(String name) {
    return PATTERN.matcher(name).matches();
  }
}
