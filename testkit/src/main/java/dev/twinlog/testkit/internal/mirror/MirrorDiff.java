package dev.twinlog.testkit.internal.mirror;

import dev.twinlog.testkit.internal.mirror.Prints.Print;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The differences between a source partition and its copy.
 *
 * <p>The common prefix and suffix are skipped. In the rest, each target record is matched with the
 * first unmatched source record of equal contents. The matches of a longest increasing subsequence
 * are in order, the others out of order. A target record without a match is a duplicate if the
 * source has its contents anywhere. If between two matches in order a source record has no match
 * and a target record without a match is in its place, it is altered.
 *
 * <p>Invariants: {@code source = copied + lost + altered}, {@code target = copied + duplicated +
 * altered + unexpected}, and records out of order are copied ones.
 */
public final class MirrorDiff {
  /** The kinds of difference. */
  public enum Kind {
    LOST,
    DUPLICATED,
    OUT_OF_ORDER,
    ALTERED,
    UNEXPECTED
  }

  /** A difference; an index is {@link #NONE} if that side has no such record. */
  public record Finding(Kind kind, int source, int target) {}

  static final int NONE = -1;

  private final Prints source;
  private final Prints target;
  private final List<Finding> findings = new ArrayList<>();
  private final int prefix;
  private final int sourceEnd;
  private final int targetEnd;
  private long copied;

  private MirrorDiff(Prints source, Prints target) {
    this.source = source;
    this.target = target;
    int shorter = Math.min(source.size(), target.size());
    int same = 0;
    while (same < shorter && source.same(same, target, same)) {
      same++;
    }
    int tail = 0;
    while (tail < shorter - same
        && source.same(source.size() - 1 - tail, target, target.size() - 1 - tail)) {
      tail++;
    }
    this.prefix = same;
    this.sourceEnd = source.size() - tail;
    this.targetEnd = target.size() - tail;
    this.copied = (long) same + tail;
  }

  public static MirrorDiff of(Prints source, Prints target) {
    MirrorDiff diff = new MirrorDiff(source, target);
    if (diff.prefix < diff.sourceEnd || diff.prefix < diff.targetEnd) {
      diff.classify();
    }
    return diff;
  }

  /** How many source records the target has with the same contents. */
  public long copied() {
    return copied;
  }

  /** The differences, in target order where they have one. */
  public List<Finding> findings() {
    return findings;
  }

  private void classify() {
    int[] matches = match();
    boolean[] inOrder = longestIncreasing(matches);
    Set<Print> known = knownContents(matches);
    List<Integer> strangers = new ArrayList<>();
    boolean[] sourceMatched = new boolean[sourceEnd - prefix];
    for (int found : matches) {
      if (found != NONE) {
        sourceMatched[found - prefix] = true;
      }
    }
    int nextSource = prefix;
    for (int i = 0; i < matches.length; i++) {
      int index = prefix + i;
      if (matches[i] == NONE) {
        if (known.contains(target.print(index))) {
          findings.add(new Finding(Kind.DUPLICATED, NONE, index));
        } else {
          strangers.add(index);
        }
        continue;
      }
      copied++;
      if (inOrder[i]) {
        closeGap(nextSource, matches[i], sourceMatched, strangers);
        nextSource = matches[i] + 1;
      } else {
        findings.add(new Finding(Kind.OUT_OF_ORDER, matches[i], index));
      }
    }
    closeGap(nextSource, sourceEnd, sourceMatched, strangers);
  }

  /** For each target record the source record with the same contents, or none. */
  private int[] match() {
    Map<Print, Deque<Integer>> free = new HashMap<>();
    for (int index = prefix; index < sourceEnd; index++) {
      free.computeIfAbsent(source.print(index), print -> new ArrayDeque<>(1)).add(index);
    }
    int[] matches = new int[targetEnd - prefix];
    for (int i = 0; i < matches.length; i++) {
      Deque<Integer> candidates = free.get(target.print(prefix + i));
      Integer first = candidates == null ? null : candidates.poll();
      matches[i] = first == null ? NONE : first;
    }
    return matches;
  }

  /** Marks a longest increasing subsequence of the matches' source indexes. */
  private static boolean[] longestIncreasing(int[] matches) {
    int[] lastOfLength = new int[matches.length + 1];
    int[] before = new int[matches.length];
    int longest = 0;
    for (int i = 0; i < matches.length; i++) {
      if (matches[i] == NONE) {
        continue;
      }
      int low = 1;
      int high = longest;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        if (matches[lastOfLength[middle]] < matches[i]) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      before[i] = low == 1 ? NONE : lastOfLength[low - 1];
      lastOfLength[low] = i;
      longest = Math.max(longest, low);
    }
    boolean[] chosen = new boolean[matches.length];
    int at = longest == 0 ? NONE : lastOfLength[longest];
    while (at != NONE) {
      chosen[at] = true;
      at = before[at];
    }
    return chosen;
  }

  /** The contents of unmatched target records that the source has anywhere. */
  private Set<Print> knownContents(int[] matches) {
    Set<Print> unmatched = new HashSet<>();
    for (int i = 0; i < matches.length; i++) {
      if (matches[i] == NONE) {
        unmatched.add(target.print(prefix + i));
      }
    }
    Set<Print> known = new HashSet<>();
    if (!unmatched.isEmpty()) {
      for (int index = 0; index < source.size(); index++) {
        Print print = source.print(index);
        if (unmatched.contains(print)) {
          known.add(print);
        }
      }
    }
    return known;
  }

  /**
   * Pairs source records without a match and unexpected target records between two matches in
   * order, as altered records.
   */
  private void closeGap(int from, int to, boolean[] sourceMatched, List<Integer> strangers) {
    int used = 0;
    for (int index = from; index < to; index++) {
      if (sourceMatched[index - prefix]) {
        continue;
      }
      if (used < strangers.size()) {
        findings.add(new Finding(Kind.ALTERED, index, strangers.get(used)));
        used++;
      } else {
        findings.add(new Finding(Kind.LOST, index, NONE));
      }
    }
    for (int index : strangers.subList(used, strangers.size())) {
      findings.add(new Finding(Kind.UNEXPECTED, NONE, index));
    }
    strangers.clear();
  }

  @Override
  public String toString() {
    return copied + " copied, " + Arrays.toString(findings.toArray());
  }
}
