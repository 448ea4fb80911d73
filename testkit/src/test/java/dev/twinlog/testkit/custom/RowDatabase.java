package dev.twinlog.testkit.custom;

import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * A database: rows and, in the same transaction, how far the source has been taken over. It can
 * crash, and refuse transactions. Thread-safe.
 */
final class RowDatabase {

  /** One row; the table is a target partition. */
  record Row(TopicPartition table, String key, String value) {}

  private final List<Row> rows = new ArrayList<>();
  private final Map<Route, Long> next = new HashMap<>();
  private int session;
  private int commitsUntilCrash = Integer.MAX_VALUE;
  private boolean down;
  private Set<TopicPartition> locked = Set.of();

  /** Opens a session; those before can commit no more. */
  synchronized int open() {
    return ++session;
  }

  /** Inserts rows and moves the offset, or does nothing. */
  synchronized void commit(int as, Route route, List<Row> inserted, long sourceNext) {
    if (down || locked.contains(route.target())) {
      throw new IllegalStateException("no connection");
    }
    if (as != session) {
      throw new IllegalStateException("session " + as + " is over");
    }
    rows.addAll(inserted);
    next.put(route, sourceNext);
    if (--commitsUntilCrash == 0) {
      down = true;
      throw new IllegalStateException("connection lost during commit");
    }
  }

  /** The source offset behind the last row of a route. */
  synchronized OptionalLong next(Route route) {
    Long offset = next.get(route);
    return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** Crashes right behind that many commits from now: whoever made the last one is not told. */
  synchronized void crashAfter(int commits) {
    commitsUntilCrash = commits;
  }

  synchronized boolean isDown() {
    return down;
  }

  /** Takes no commits of these tables. */
  synchronized void lock(Set<TopicPartition> tables) {
    locked = tables;
  }

  synchronized void repair() {
    down = false;
    commitsUntilCrash = Integer.MAX_VALUE;
    locked = Set.of();
  }

  synchronized List<Row> rows() {
    return List.copyOf(rows);
  }

  /** The values of one table in their order. */
  List<String> values(TopicPartition table) {
    return rows().stream().filter(row -> row.table().equals(table)).map(Row::value).toList();
  }
}
