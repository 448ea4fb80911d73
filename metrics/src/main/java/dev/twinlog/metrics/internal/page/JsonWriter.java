package dev.twinlog.metrics.internal.page;

import java.io.IOException;
import java.io.Writer;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259) value by value, so that an answer need not be in memory as a whole.
 * Confined to one thread.
 */
public final class JsonWriter {
  /** Longer texts end with an ellipsis: the message of an exception may have any length. */
  public static final int LONGEST_TEXT = 1_000;

  private final Writer out;
  private boolean first = true;

  public JsonWriter(Writer out) {
    this.out = out;
  }

  public JsonWriter beginObject() throws IOException {
    return begin('{');
  }

  public JsonWriter endObject() throws IOException {
    return end('}');
  }

  public JsonWriter beginArray() throws IOException {
    return begin('[');
  }

  public JsonWriter endArray() throws IOException {
    return end(']');
  }

  private JsonWriter begin(char bracket) throws IOException {
    separate();
    out.write(bracket);
    first = true;
    return this;
  }

  private JsonWriter end(char bracket) throws IOException {
    out.write(bracket);
    first = false;
    return this;
  }

  /** The name of the member whose value is written next. */
  public JsonWriter name(String name) throws IOException {
    separate();
    quote(name);
    out.write(':');
    first = true;
    return this;
  }

  public JsonWriter field(String name, @Nullable Object value) throws IOException {
    return name(name).value(value);
  }

  /** Writes null where the number is negative, as statuses say that one is not known. */
  public JsonWriter known(String name, long value) throws IOException {
    return field(name, value < 0 ? null : value);
  }

  /**
   * Writes a value: an empty optional and a number that is none are null, maps are objects, other
   * iterables are arrays, and everything that JSON has no type for is its text.
   */
  public JsonWriter value(@Nullable Object value) throws IOException {
    if (value instanceof Optional<?> optional) {
      return value(optional.orElse(null));
    }
    if (value instanceof Map<?, ?> map) {
      beginObject();
      for (Map.Entry<?, ?> each : map.entrySet()) {
        field(String.valueOf(each.getKey()), each.getValue());
      }
      return endObject();
    }
    if (value instanceof Iterable<?> all) {
      beginArray();
      for (Object each : all) {
        value(each);
      }
      return endArray();
    }
    separate();
    if (value instanceof Double number) {
      out.write(Double.isFinite(number) ? String.valueOf(Math.round(number * 10) / 10.0) : "null");
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.write(String.valueOf(value));
    } else {
      quote(value.toString());
    }
    return this;
  }

  private void separate() throws IOException {
    if (!first) {
      out.write(',');
    }
    first = false;
  }

  private void quote(String text) throws IOException {
    out.write('"');
    int end = Math.min(text.length(), LONGEST_TEXT);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.write('\\');
        out.write(c);
      } else if (c < ' ' || c == '<' || Character.isSurrogate(c)) {
        out.write("\\u%04x".formatted((int) c));
      } else {
        out.write(c);
      }
    }
    if (end < text.length()) {
      out.write('…');
    }
    out.write('"');
  }
}
