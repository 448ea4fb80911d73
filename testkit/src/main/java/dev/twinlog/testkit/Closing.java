package dev.twinlog.testkit;

import org.jspecify.annotations.Nullable;

/** What every contract kit does after a test. */
final class Closing {
  private Closing() {}

  /**
   * Closes those parts that are there and can be closed, in this order, whatever one of them
   * throws.
   */
  static void all(@Nullable Object... parts) throws Exception {
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
