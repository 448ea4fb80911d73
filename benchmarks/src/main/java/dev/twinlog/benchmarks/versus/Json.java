package dev.twinlog.benchmarks.versus;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON of maps, collections, strings, numbers and booleans. */
final class Json {
  private static final int FIRST_PRINTABLE = 0x20;

  private final StringBuilder text = new StringBuilder();

  private Json() {}

  /**
   * The value as JSON.
   *
   * @throws IllegalArgumentException if there is a value of another kind in it
   */
  static String of(@Nullable Object value) {
    Json json = new Json();
    json.append(value, "\n");
    return json.text.append('\n').toString();
  }

  private void append(@Nullable Object value, String newLine) {
    if (value instanceof Map<?, ?> map) {
      appendMap(map, newLine);
    } else if (value instanceof Collection<?> collection) {
      appendCollection(collection, newLine);
    } else if (value instanceof String string) {
      appendString(string);
    } else if (value instanceof Double number && !Double.isFinite(number)) {
      text.append("null");
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      throw new IllegalArgumentException("no JSON for a " + value.getClass().getName());
    }
  }

  private void appendMap(Map<?, ?> map, String newLine) {
    String inner = newLine + "  ";
    text.append('{');
    for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        entries.hasNext(); ) {
      Map.Entry<?, ?> entry = entries.next();
      text.append(inner);
      appendString(String.valueOf(entry.getKey()));
      text.append(": ");
      append(entry.getValue(), inner);
      text.append(entries.hasNext() ? "," : newLine);
    }
    text.append('}');
  }

  private void appendCollection(Collection<?> collection, String newLine) {
    String inner = newLine + "  ";
    text.append('[');
    for (Iterator<?> values = collection.iterator(); values.hasNext(); ) {
      text.append(inner);
      append(values.next(), inner);
      text.append(values.hasNext() ? "," : newLine);
    }
    text.append(']');
  }

  private void appendString(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        default -> {
          if (c < FIRST_PRINTABLE) {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
