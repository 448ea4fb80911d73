package dev.twinlog.internal.engine;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.Route;

/**
 * What the target holds beyond the progress is not what the source gives now, so nothing can be
 * dropped. Accepting that sends everything from the progress on again.
 */
final class AlreadyWrittenMismatchException extends LossException {
  private static final long serialVersionUID = 1L;

  private static final String CHANGED =
      ": the source, or what the link's transform or mapper make of it, has changed since then";

  private AlreadyWrittenMismatchException(String found, Route route, long from, long count) {
    super(
        ("%s; nothing was written behind it. Call acceptLoss for %s to send everything from source"
                + " offset %d on again, which may repeat the %d records that the target holds of it;"
                + " or, %s")
            .formatted(found, route.source(), from, count, CopyAgain.ADVICE));
  }

  static AlreadyWrittenMismatchException otherContent(
      Route route, long sourceOffset, long targetOffset, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "of %s, the record of source offset %d is not the one that the target holds at offset %d"
                .formatted(route, sourceOffset, targetOffset)
            + CHANGED,
        route,
        from,
        count);
  }

  static AlreadyWrittenMismatchException unprovable(Route route, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target can't tell any more what the last of its %d records of %s beyond the progress says, so"
                .formatted(count, route)
            + " that they can't be matched with the source",
        route,
        from,
        count);
  }

  static AlreadyWrittenMismatchException otherOffset(
      Route route, long heldOffset, long sourceOffset, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target holds a record of %s from source offset %d, where the source now gives offset %d"
                .formatted(route, heldOffset, sourceOffset)
            + CHANGED,
        route,
        from,
        count);
  }

  static AlreadyWrittenMismatchException fewer(Route route, long sourceEnd, long from, long count) {
    return new AlreadyWrittenMismatchException(
        "the target holds more records of %s than the source has up to its end at offset %d"
                .formatted(route, sourceEnd)
            + CHANGED,
        route,
        from,
        count);
  }
}
