"use client";
import { hashKey, type QueryKey, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";

/**
 * `useQuery` whose failure stands until there is an answer. Without data the cache forgets it as soon as the next attempt
 * begins, so a screen that asks again every few seconds would seem to be waiting for ever.
 */
export function useLastingQuery<Data, Key extends QueryKey>(options: UseQueryOptions<Data, Error, Data, Key>) {
  const { data, error, failureReason, isFetching, refetch } = useQuery(options);
  const [last, setLast] = useState<{ readonly hash: string; readonly error: Error }>();
  const hash = hashKey(options.queryKey);
  const met = error ?? failureReason;
  if (met && met !== last?.error) setLast({ hash, error: met });
  const lasting = last?.hash === hash ? last.error : null;
  return { data, error: data === undefined ? (met ?? lasting) : error, isFetching, refetch };
}
