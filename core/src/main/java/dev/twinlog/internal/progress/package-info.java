/**
 * Saving progress and loading it again: the keeper that saves one checkpoint after the other, and
 * the stored forms, each of which begins with a version byte.
 */
@NullMarked
package dev.twinlog.internal.progress;

import org.jspecify.annotations.NullMarked;
