package dev.twinlog.tools;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Writes JSON (RFC 8259). Stateless. */
final class Json {
  private Json() {}

  /**
   * Writes a value: maps are objects, other iterables are arrays, numbers and booleans are
   * themselves, null is null, and everything else is its text.
   */
  static String of(@Nullable Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      return String.valueOf(value);
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(each -> text(String.valueOf(each.getKey())) + ":" + of(each.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof Iterable<?> all) {
      return StreamSupport.stream(all.spliterator(), false)
          .map(Json::of)
          .collect(Collectors.joining(",", "[", "]"));
    }
    return text(value.toString());
  }

  private static String text(String value) {
    StringBuilder out = new StringBuilder(value.length() + 2).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
