"""1 for a response of at most `limit` tokens, then falling with the excess: put your own judgement in its place."""


def score(reward_input, limit=16):  # an argument with a default is an option
    tokens = reward_input["response_length"]  # also there: "response", and "ground_truth", the record's answer
    if tokens == 0:
        raise ValueError("the sample does not say how many tokens the response has")
    over = max(0, tokens - limit)
    return {"overall": limit / (limit + over), "over": over}
