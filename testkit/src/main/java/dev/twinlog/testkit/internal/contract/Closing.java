package dev.twinlog.testkit.internal.contract;

import org.jspecify.annotations.Nullable;

/** Closes the parts of a contract test. */
public final class Closing {
  private Closing() {}

  /**
   * Closes those parts that are not null and can be closed, in this order, even if one of them
   * throws.
   */
  public static void all(@Nullable Object... parts) throws Exception {
    Exception first = null;
    for (Object part : parts) {
      if (part instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (Exception e) {
          if (first == null) {
            first = e;
          } else {
            first.addSuppressed(e);
          }
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
