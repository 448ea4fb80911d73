package dev.twinlog.internal.names;

import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions, of which one must match a whole name. The names of consumer groups may have
 * line breaks, which a dot matches as well. Immutable.
 */
public final class NamePatterns {
  /** None: no name matches. */
  public static final NamePatterns NONE = new NamePatterns(List.of());

  private final List<Pattern> patterns;

  private NamePatterns(List<Pattern> patterns) {
    this.patterns = patterns;
  }

  /**
   * These, and more.
   *
   * @param owner what they belong to, for the message
   * @param what which of its patterns they are, for the message
   * @throws ConfigurationException if there are no more, or one that is invalid
   */
  public NamePatterns and(String owner, String what, String... regexes) {
    List<String> problems = new ArrayList<>();
    List<Pattern> all = new ArrayList<>(patterns);
    if (regexes.length == 0) {
      problems.add("no " + what + " pattern was given");
    }
    for (String regex : regexes) {
      try {
        all.add(Pattern.compile(regex, Pattern.DOTALL));
      } catch (PatternSyntaxException e) {
        problems.add(
            "the %s pattern \"%s\" is not a regular expression: %s near index %d"
                .formatted(what, regex, e.getDescription(), e.getIndex()));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(owner, problems);
    }
    return new NamePatterns(List.copyOf(all));
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return patterns.isEmpty();
  }

  /** Whether one of them matches the whole name. */
  public boolean matches(String name) {
    for (Pattern pattern : patterns) {
      if (pattern.matcher(name).matches()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return patterns.toString();
  }
}
