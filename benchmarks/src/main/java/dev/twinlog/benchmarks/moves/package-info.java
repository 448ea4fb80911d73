/**
 * Moves consumer groups to the target of Twinlog and of MirrorMaker 2, and counts what they read.
 */
@NullMarked
package dev.twinlog.benchmarks.moves;

import org.jspecify.annotations.NullMarked;
