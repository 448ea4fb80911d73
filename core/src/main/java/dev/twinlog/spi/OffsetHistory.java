package dev.twinlog.spi;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * What a link knows of where its records went: the offset map, which the engine keeps whatever
 * {@link OffsetTranslator} is plugged in. Users don't implement it; methods may be added.
 *
 * <p>Thread-safe; never blocks. Each answer is as of now, so two answers may differ.
 */
public interface OffsetHistory {

  /** The routes that begin at a source partition; empty if the link does not copy it. */
  List<Route> routesFrom(TopicPartition source);

  /** The routes that end in a target partition; empty if the link does not write it. */
  List<Route> routesInto(TopicPartition target);

  /**
   * Where a source position is in the target of this route: the first record of the route at or
   * after {@code offset} of those that the target still holds.
   *
   * @param offset not negative
   */
  Translation toTarget(Route route, long offset);

  /**
   * Where a target position is in the source of this route: the first record of the route whose
   * copy is at or after {@code offset}.
   *
   * @param offset not negative
   */
  Translation toSource(Route route, long offset);
}
