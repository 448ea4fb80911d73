package dev.twinlog.internal.engine.recovery;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.Route;

/**
 * Stops a partition whose target has records after the saved progress that differ from those that
 * the source returns now, so none can be dropped. Accepting the loss writes everything after the
 * progress again.
 */
public final class AlreadyWrittenMismatchException extends LossException {
  private static final long serialVersionUID = 1L;

  private static final String CHANGED =
      ": the source, or what the link's transform or mapper make of it, has changed since then";

  private AlreadyWrittenMismatchException(String found, Route route, long from, long count) {
    super(
        ("%s; nothing was written after it. Call acceptLoss for %s to write everything from source"
                + " offset %d on again, which may repeat the %d records of it that the target has;"
                + " or, %s")
            .formatted(found, route.source(), from, count, CopyAgain.ADVICE));
  }

  static AlreadyWrittenMismatchException otherContent(
      Route route, long sourceOffset, long targetOffset, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "in %s, the record of source offset %d is not the one that the target has at offset %d"
                .formatted(route, sourceOffset, targetOffset)
            + CHANGED,
        route,
        from,
        count);
  }

  public static AlreadyWrittenMismatchException unprovable(Route route, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target no longer has the content of the last of its %d records of %s after the progress, so"
                .formatted(count, route)
            + " they can't be matched with the source",
        route,
        from,
        count);
  }

  static AlreadyWrittenMismatchException otherOffset(
      Route route, long heldOffset, long sourceOffset, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target has a record of %s from source offset %d, where the source now has offset %d"
                .formatted(route, heldOffset, sourceOffset)
            + CHANGED,
        route,
        from,
        count);
  }

  static AlreadyWrittenMismatchException fewer(Route route, long sourceEnd, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target has more records of %s than the source has up to its end at offset %d"
                .formatted(route, sourceEnd)
            + CHANGED,
        route,
        from,
        count);
  }
}
